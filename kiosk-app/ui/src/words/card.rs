//! Cards, typed numbers and the chip.

super::words! {
    SLOT { vi: "Khe quét", en: "Scan here", zh: "扫描口" }
    PICTURE { vi: "Hình: đưa thẻ vào khe quét", en: "Picture: a card goes to the scanner", zh: "图示：将证件放到扫描口" }
    OLD_CARD { vi: "Thẻ cũ (CCCD)", en: "Older card", zh: "旧版证件" }
    OLD_CARD_SIDE { vi: "QR ở mặt trước", en: "QR on the front", zh: "二维码在正面" }
    NEW_CARD { vi: "Thẻ mới", en: "New card", zh: "新版证件" }
    NEW_CARD_SIDE { vi: "QR ở mặt sau", en: "QR on the back", zh: "二维码在背面" }

    PRESENT { vi: "Mời đưa thẻ Căn cước\nvào khe quét", en: "Hold your ID card\nat the scanner", zh: "请将身份证\n放到扫描口" }
    PRESENT_HOW { vi: "Quay mặt có mã QR về phía máy quét", en: "Turn the QR code towards the scanner", zh: "二维码朝向扫描口" }
    PRESENT_TO_FIND { vi: "Mời đưa thẻ để tìm số", en: "Show your card to find your number", zh: "出示证件查找您的号码" }
    TYPE_NUMBER { vi: "Nhập số thẻ", en: "Type the number", zh: "输入证件号" }
    NO_CARD { vi: "Không mang thẻ", en: "I have no card", zh: "没带证件" }
    NO_CARD_DESK { vi: "Không mang thẻ? Mời đến quầy hướng dẫn.", en: "No card? Please go to the help desk.", zh: "没带证件？请到导诊台。" }

    TYPE { vi: "Mời nhập số thẻ", en: "Type your card number", zh: "请输入证件号码" }
    TYPE_HOW {
        vi: "Thẻ Căn cước: 12 số\nBảo hiểm y tế: 10 số cuối",
        en: "ID card: 12 digits\nHealth insurance: last 10 digits",
        zh: "身份证：12位\n医保卡：后10位",
    }
    TYPED_NOTHING { vi: "Chưa nhập số nào", en: "Nothing typed yet", zh: "尚未输入" }
    TYPED { vi: "Đã nhập {}", en: "Typed {}", zh: "已输入 {}" }
    TYPED_SO_FAR { vi: "Đã nhập {} số.", en: "{} digits.", zh: "已输入{}位。" }
    ERASE { vi: "Xóa một số", en: "Erase one digit", zh: "删除一位" }
    CLEAR { vi: "Xóa hết", en: "Clear all", zh: "全部删除" }
    WRONG_LENGTH { vi: "Cần đủ 12 số hoặc 10 số.", en: "It must be 12 or 10 digits.", zh: "须为12位或10位数字。" }
    UNLIKELY {
        vi: "Xin xem lại số. Nếu đúng, bấm Tiếp tục.",
        en: "Please check it. If it is right, press Continue.",
        zh: "请核对号码。若无误，请按继续。",
    }
    WRONG_NUMBER { vi: "Số này chưa đúng. Xin xem lại trên thẻ.", en: "This is not right. Please look at the card.", zh: "号码不正确，请核对证件。" }

    HELLO { vi: "Xin chào", en: "Hello", zh: "您好" }
    HELLO_NO_CARD { vi: "Xin chào. Bạn không mang thẻ.", en: "Hello. You have no card with you.", zh: "您好，您没带证件。" }
    NOT_ME { vi: "Không phải tôi", en: "Not me", zh: "不是我" }
    CANCEL { vi: "Thôi", en: "Cancel", zh: "取消" }
    CARD_EXPIRED { vi: "Thẻ hết hạn: cần giấy tờ khác", en: "Card expired: bring other papers", zh: "证件已过期，请带其他证件。" }
    UNDER_14 {
        vi: "Cần người lớn và giấy khai sinh",
        en: "Bring an adult and birth papers",
        zh: "儿童须由家长陪同并带出生证。",
    }
    UNDER_16 { vi: "Cần người lớn đi cùng", en: "An adult must come along", zh: "未满16岁须由家长陪同。" }
    NO_CARD_ADVICE { vi: "Nhân viên sẽ hỏi giấy tờ", en: "Staff will ask for papers", zh: "工作人员会核对您的证件。" }
    NO_TICKET { vi: "Hôm nay bạn chưa có số", en: "You have no number today", zh: "您今天还没有号码" }
    SAME_SERVICE { vi: "Chọn nơi cũ để xem lại số", en: "Choose the same service again", zh: "选择原来的科室即可找回号码。" }

    USE_CHIP { vi: "Đọc chip trên thẻ", en: "Read the chip", zh: "读取芯片" }
    CONSENT { vi: "Đọc chip trên thẻ?", en: "Read the chip of your card?", zh: "是否读取证件芯片？" }
    CONSENT_WHAT {
        vi: "Máy đọc họ tên, ngày sinh, địa chỉ và ảnh",
        en: "It reads name, birth date, address and photo",
        zh: "读取姓名、出生日期、地址和照片",
    }
    CONSENT_KEPT { vi: "Chỉ dùng cho lần khám này, máy không giữ lại", en: "Only for this visit; nothing is kept", zh: "仅用于本次就诊，不会保存" }
    CONSENT_FREE { vi: "Không đọc chip vẫn lấy được số", en: "You get a number without it too", zh: "不读取也能取号" }
    AGREE { vi: "Tôi đồng ý", en: "I agree", zh: "我同意" }
    WITHOUT_CHIP { vi: "Không cần chip", en: "Go on without", zh: "不用芯片" }
    INSERT { vi: "Đưa thẻ vào khe đọc chip", en: "Put your card into the chip slot", zh: "请将证件插入芯片槽" }
    INSERT_HOW { vi: "Mặt có chip vàng ở trên, đẩy vào hết", en: "Golden chip up, all the way in", zh: "金色芯片朝上，插到底" }
    READING { vi: "Đang đọc thẻ", en: "Reading your card", zh: "正在读取证件" }
    LEAVE_IN { vi: "Xin để yên thẻ trong khe", en: "Please leave the card in", zh: "请勿取出证件" }
    STEP_OPENING { vi: "Mở chip", en: "Opening the chip", zh: "打开芯片" }
    STEP_READING { vi: "Đọc thông tin", en: "Reading the data", zh: "读取信息" }
    STEP_CHECKING { vi: "Kiểm tra thẻ", en: "Checking the card", zh: "核验证件" }
    STEP_PORTRAIT { vi: "Đọc ảnh", en: "Reading the photo", zh: "读取照片" }
    PORTRAIT_COMES { vi: "Đang đọc ảnh, để yên thẻ", en: "Photo: leave the card in", zh: "正在读取照片，请勿取出证件。" }
    PULLED_OUT { vi: "Thẻ được rút ra quá sớm", en: "The card came out too early", zh: "证件取出过早" }
    PUT_BACK { vi: "Đưa thẻ vào lại và để yên", en: "Put the card in again and leave it", zh: "重新插入证件，不要移动" }
    OTHER_PERSON { vi: "Thẻ này khác thẻ đã quét", en: "This is not the card you scanned", zh: "这不是刚才扫描的证件" }
    PUT_SCANNED { vi: "Đưa đúng thẻ đã quét vào khe", en: "Put in the card that was scanned", zh: "请插入刚才扫描的证件" }
    UNREADABLE { vi: "Chưa đọc được chip", en: "The chip could not be read", zh: "未能读取芯片" }
    WIPE_CARD { vi: "Lau mặt chip rồi đưa thẻ vào lại", en: "Wipe the chip and put the card in again", zh: "擦拭芯片后重新插入" }
    DOUBTFUL { vi: "Nhân viên cần xem thẻ này", en: "Staff need to look at this card", zh: "此证件需人工核对" }
    NUMBER_ANYWAY { vi: "Bạn vẫn lấy được số", en: "You can still take a number", zh: "您仍可取号" }
    SHOW_STAFF { vi: "Đưa thẻ cho nhân viên xem khi khám", en: "Show the card to staff when called", zh: "就诊时请出示给工作人员" }
    READER_GONE { vi: "Chưa đọc được chip lúc này", en: "The chip reader is off", zh: "暂时不能读取芯片" }
    WITHOUT_IS_FINE { vi: "Không cần chip cũng lấy được số", en: "No chip is needed for a number", zh: "没有芯片也能取号" }

    PHOTO { vi: "Ảnh trên chip", en: "Photo on the chip", zh: "芯片中的照片" }
    CHIP_READ { vi: "Đọc được", en: "Read", zh: "已读取" }
    CHIP_INTACT { vi: "Còn nguyên vẹn", en: "Unchanged", zh: "数据完整" }
    CHIP_ISSUED { vi: "Nơi cấp đúng", en: "Issuer known", zh: "签发机关属实" }
    CHIP_GENUINE { vi: "Chip thật", en: "Genuine chip", zh: "芯片真实" }
    CHECKED_YES { vi: "Có", en: "Yes", zh: "是" }
    CHECKED_NO { vi: "Không", en: "No", zh: "否" }
    CHECKED_EXPIRED { vi: "Hết hạn", en: "Expired", zh: "已过期" }
    CHECKED_UNKNOWN { vi: "Chưa rõ", en: "Not known", zh: "未知" }
    VERDICT_GENUINE { vi: "Thẻ thật, đã kiểm tra chip", en: "Genuine: the chip was checked", zh: "证件真实，芯片已核验。" }
    VERDICT_ISSUED { vi: "Thông tin trên thẻ đúng nơi cấp.", en: "The card's data is from its issuer.", zh: "证件信息由签发机关签署。" }
    VERDICT_READ { vi: "Đã đọc chip, chưa kiểm tra được.", en: "Chip read; it could not be checked.", zh: "芯片已读取，未能核验。" }
    VERDICT_DOUBTFUL { vi: "Nhân viên sẽ xem thẻ của bạn.", en: "Staff will look at your card.", zh: "工作人员将核对您的证件。" }
}
